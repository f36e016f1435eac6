from converter.packs import Behaviour

BEHAVIOURS: dict[str, Behaviour] = {}
