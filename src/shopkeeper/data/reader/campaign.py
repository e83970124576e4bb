"""The grocer's campaigns as items, and redeemed coupons as events on them."""

import polars as pl

from shopkeeper.record import DAY, EventType, ItemKind


def campaign_items(described: pl.DataFrame, sends: pl.DataFrame, coupons: pl.DataFrame) -> pl.DataFrame:
    """Items of kind campaign, from their first day until the end of their last.

    `attributes` tells the type, the number of products, coupons and households, and which ones: `households` (ids) and
    `coupons` ({coupon_upc: [product ids]}). The largest campaign has about 300 kB of it, all 27 about 1 MB.
    """
    audience = sends.group_by("campaign_id").agg(pl.col("household_id").unique().sort())
    of_coupon = coupons.group_by("campaign_id", "coupon_upc").agg(pl.col("product_id").unique().sort())
    covered = (
        of_coupon.sort("coupon_upc")
        .with_columns(
            pl.format('"{}":[{}]', "coupon_upc", pl.col("product_id").cast(pl.List(pl.String)).list.join(",")).alias(
                "json"
            )
        )
        .group_by("campaign_id")
        .agg(
            pl.len().alias("coupons"),
            pl.col("json").str.join(",").alias("covered"),
            pl.col("product_id").list.explode().n_unique().alias("products"),
        )
    )
    rows = (
        described.join(audience, on="campaign_id", how="left")
        .join(covered, on="campaign_id", how="left")
        .sort("campaign_id")
    )
    rows = rows.with_columns(
        pl.col("coupons", "products").fill_null(0),
        pl.col("covered").fill_null(""),
        pl.col("household_id").list.len().fill_null(0).alias("audience"),
        pl.col("household_id").cast(pl.List(pl.String)).list.join(",").fill_null("").alias("households"),
    )
    return rows.select(
        pl.format("campaign-{}", "campaign_id").alias("item_id"),
        pl.lit(ItemKind.CAMPAIGN.value).alias("kind"),
        pl.format("Campaign {}: {}", "campaign_id", _counted("coupons", "coupon")).alias("title"),
        pl.format(
            "A {} campaign with {} for {}, sent to {}.",
            pl.col("campaign_type").str.replace("Type", "type"),
            _counted("coupons", "coupon"),
            _counted("products", "product"),
            _counted("audience", "household"),
        ).alias("description"),
        pl.lit("").alias("category"),
        _attributes().alias("attributes"),
        pl.col("start_date").dt.timestamp("us").alias("available_from"),
        (pl.col("end_date").dt.timestamp("us") + DAY).alias("expires_at"),
        pl.lit(True).alias("enabled"),
    )


def _counted(column: str, one: str) -> pl.Expr:
    """ "1 coupon", "2 coupons"."""
    ending = pl.when(pl.col(column) == 1).then(pl.lit("")).otherwise(pl.lit("s"))
    return pl.format("{} {}{}", column, pl.lit(one), ending)


def _attributes() -> pl.Expr:
    """The JSON object of a campaign."""
    facts = pl.struct("campaign_type", "products", "audience").struct.json_encode().str.strip_suffix("}")
    return pl.concat_str(
        facts,
        pl.lit(',"households":['),
        "households",
        pl.lit('],"coupons":{'),
        "covered",
        pl.lit("}}"),
    )


def redemption_events(redemptions: pl.DataFrame) -> pl.DataFrame:
    """Redeem events; a coupon that a household redeems twice in a day is two events."""
    same = pl.int_range(1, pl.len() + 1).over("household_id", "coupon_upc", "campaign_id", "redemption_date")
    day = pl.col("redemption_date").dt.strftime("%Y%m%d")
    return redemptions.select(
        pl.format("redeem-{}-{}-{}-{}-{}", "campaign_id", "household_id", "coupon_upc", day, same).alias("event_id"),
        pl.lit(EventType.REDEEM.value).alias("type"),
        pl.col("redemption_date").dt.timestamp("us").alias("time"),
        pl.col("household_id").cast(pl.String).alias("user_id"),
        pl.format("campaign-{}", "campaign_id").alias("item_id"),
        pl.format('"coupon_upc":"{}"', "coupon_upc")
        .pipe(lambda inner: pl.lit("{") + inner + pl.lit("}"))
        .alias("context"),
    )
