"""Always on: the book is screened again when it or a list has changed, the desk is told, and so is who asked to be."""
