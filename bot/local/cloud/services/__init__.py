"""What this cloud does better than moto, one file per service. One more operation is one short function in one file."""
