"""What a search returns: tables, pictures, clips and pages."""
