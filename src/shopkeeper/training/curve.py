"""Learning curves for TensorBoard, where one wants to look at them."""

from pathlib import Path

from shopkeeper.error import MissingPart
from shopkeeper.model.neural import Epoch


class Curves:
    """Loss and validation of each epoch, written to `folder`; look at them with: tensorboard --logdir FOLDER."""

    def __init__(self, folder: Path, first: int) -> None:
        """Goes on from epoch `first`. Raises MissingPart without the tensorboard package."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            raise MissingPart(
                "Curves are written by TensorBoard, which is not installed. "
                'Install it with: pip install "shopkeeper[tensorboard]", or train without curves.'
            ) from None
        # What a killed training wrote after its last checkpoint is taken back.
        self._writer = SummaryWriter(str(folder), purge_step=first)

    def add(self, number: int, epoch: Epoch) -> None:
        """One more point of each curve."""
        told = {"loss": epoch.loss, "NDCG@10 on validation": epoch.validation, "seconds": epoch.seconds}
        for name, value in told.items():
            if value is not None:
                self._writer.add_scalar(name, value, number)

    def close(self) -> None:
        self._writer.close()
