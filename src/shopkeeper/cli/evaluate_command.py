"""shopkeeper evaluate."""

from shopkeeper.cli.output import JsonFlag, ShopFolder, say_json
from shopkeeper.cli.report import say_report


def evaluate(shop: ShopFolder, as_json: JsonFlag = False) -> None:
    """Evaluate on what happened after the cut. Prints the evaluation table; nothing is published.

    Examples:

        shopkeeper evaluate myshop

        shopkeeper evaluate myshop --json > evaluation.json
    """
    from shopkeeper.cli.progress import watched
    from shopkeeper.operation.evaluate import evaluate_shop
    from shopkeeper.operation.shop import open_shop

    with open_shop(shop) as opened, watched() as progress:
        report = evaluate_shop(opened, progress=progress)
    if as_json:
        say_json(report.as_dict())
    else:
        say_report(report)
