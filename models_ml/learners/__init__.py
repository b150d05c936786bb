"""Learners behind one protocol; one file each, named in the catalogue."""
