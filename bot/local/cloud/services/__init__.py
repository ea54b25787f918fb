"""What this cloud does better than moto, one file per service. Adding an operation is one short function in one file."""
