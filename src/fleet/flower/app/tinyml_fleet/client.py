"""Flower wants every app to name a client. Those of a fleet are gateways (`tinyml fleet join`), which run none of this."""

from flwr.clientapp import ClientApp

app = ClientApp()
