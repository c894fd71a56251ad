package io.holdfast.cli.failback;

import io.holdfast.cli.site.Site;

/**
 * The two sites.
 *
 * @param home that the VMs go back to
 * @param away where they run since the failover
 */
public record Sites(Site home, Site away) {}
