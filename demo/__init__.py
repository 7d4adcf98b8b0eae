"""A house and two chargers that exist only here, and the Home Assistant that balances them."""
