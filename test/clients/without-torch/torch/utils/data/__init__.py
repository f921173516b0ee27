from .dataloader import DataLoader
from .dataset import IterableDataset


def get_worker_info():
    """None: everything is read in this process."""
    return None


class Sampler:
    def __class_getitem__(cls, _):
        return cls
