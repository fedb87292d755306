"""Tests of the notebook front end in a browser, without a notebook."""
