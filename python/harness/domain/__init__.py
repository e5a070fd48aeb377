"""The words of the house: frozen, slotted, standard library only. Nothing here does I/O."""
