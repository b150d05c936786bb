"""Learners behind one protocol; one file each."""
