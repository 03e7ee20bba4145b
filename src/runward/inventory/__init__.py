"""The services we look after."""
