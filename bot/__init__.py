"""A ChatOps bot that carries a team through a disaster recovery on AWS."""
