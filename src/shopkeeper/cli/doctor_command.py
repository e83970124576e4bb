"""shopkeeper doctor."""

from typing import Final

import typer

from shopkeeper.cli.output import JsonFlag, ShopFolder, say, say_json

SIGN: Final = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}


def doctor(shop: ShopFolder, as_json: JsonFlag = False) -> None:
    """Look a shop over, part by part. Settings, store, bundle, encoder, disk, threads; exit code 1 where one fails.

    Examples:

        shopkeeper doctor myshop

        shopkeeper doctor myshop --json
    """
    from shopkeeper.operation.doctor import examine

    findings = examine(shop)
    if as_json:
        say_json([finding.as_dict() for finding in findings])
    else:
        for finding in findings:
            advice = f" {finding.advice}" if finding.advice else ""
            say(f"{SIGN[finding.level]}  {finding.what:<10}  {finding.words}{advice}")
    if any(finding.level == "fail" for finding in findings):
        raise typer.Exit(1)
