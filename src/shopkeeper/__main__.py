"""`python -m shopkeeper` is the program `shopkeeper`."""

from shopkeeper.app import main

if __name__ == "__main__":
    main()
