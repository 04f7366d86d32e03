"""15 CFR part 744 from the electronic Code of Federal Regulations: the BIS lists in their legal form."""
