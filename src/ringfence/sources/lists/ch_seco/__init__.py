"""The consolidated sanctions list of Switzerland's State Secretariat for Economic Affairs."""
