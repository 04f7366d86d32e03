"""FollowTheMoney JSON: any data set of the field's own data model, such as those of OpenSanctions."""
