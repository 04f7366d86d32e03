"""The End User List of Japan's Ministry of Economy, Trade and Industry."""
