"""Parts of the simulator: specification, network, effects, counts and storage.

`foretell.data.simulate` is the face; nothing here needs to be imported directly.
"""
