"""A private list kept in the store, beside the published ones."""
