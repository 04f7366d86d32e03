"""ringfence."""
