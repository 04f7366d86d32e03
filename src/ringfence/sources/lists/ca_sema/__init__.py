"""Canada's Consolidated Autonomous Sanctions List."""
