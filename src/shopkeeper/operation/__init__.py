"""What an operator does with a shop: init, import, train, evaluate, publish, serve, doctor, benchmark."""
