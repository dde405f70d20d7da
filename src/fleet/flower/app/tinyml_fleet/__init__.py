"""Federated learning of firmware that trains: the side of the server, on Flower."""
