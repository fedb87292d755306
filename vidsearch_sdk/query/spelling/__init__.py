"""Words as they are typed: put right, completed, and put in other words."""
