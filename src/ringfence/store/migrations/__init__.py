"""Schema versions of the store, in order. A store is brought up to date when it is opened."""
