"""The lists of OFAC beside the SDN List, from OFAC itself."""
