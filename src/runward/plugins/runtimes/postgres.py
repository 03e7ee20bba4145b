"""Placeholder until merged."""


async def perform(query, folder, watch, cancelled):
    raise RuntimeError
