class DataLoader:
    """Batches of one element, in the dataset's order, read in this process whatever `num_workers` says."""

    def __class_getitem__(cls, _):
        return cls

    def __init__(self, dataset, batch_size, collate_fn, shuffle=False, **_):
        assert batch_size == 1 and not shuffle, "this loader knows nothing else"
        self.dataset = dataset
        self.collate_fn = collate_fn

    def __iter__(self):
        for element in self.dataset:
            yield self.collate_fn([element])
