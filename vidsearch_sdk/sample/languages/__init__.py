"""The words of the sample world in other languages than English."""
