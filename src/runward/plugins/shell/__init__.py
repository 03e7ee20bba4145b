"""How a shell script is carried out as written while everything it does is observed."""
