"""What the Export Administration Regulations print: cells of the lists in part 744, their rules, and the Federal Register."""
