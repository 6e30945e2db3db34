"""Commands: what did the person ask for? Any algorithm lives below, in the other packages."""
