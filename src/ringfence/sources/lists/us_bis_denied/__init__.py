"""The Denied Persons List from the Bureau of Industry and Security itself."""
