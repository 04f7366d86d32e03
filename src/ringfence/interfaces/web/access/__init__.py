"""Who calls, what they may do, and how often: keys, people, sessions, roles, limits. Knows nothing of lists."""
