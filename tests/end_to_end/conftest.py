from tests.channels.emulator import emulator, emulator_url

__all__ = ["emulator", "emulator_url"]
