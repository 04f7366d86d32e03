"""The SDN List from OFAC itself."""
