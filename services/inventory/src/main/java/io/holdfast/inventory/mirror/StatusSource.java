package io.holdfast.inventory.mirror;

/** What this site would tell of itself now. Thread-safe; never blocks for another part. */
public interface StatusSource {
    SiteStatus now();
}
