package io.holdfast.e2e.story;

import java.io.IOException;
import java.nio.file.Path;

/** The way home in its three parts (docs/two-sites.md, steps 4 to 7). Each waits until it is done. */
interface Homeward {
    /** Site A protects what runs at B, with A's old disks as seeds that are kept. Gives the application as A knows it. */
    RecordsApplication.AtSite protect() throws IOException;

    /** It runs at A, and B has let go of nothing. Gives the run's path. */
    String move() throws IOException;

    /** It stays at A; B lets go of what it ran, and protects it again under the same ids. */
    void stay() throws IOException;

    /**
     * Who has a part in it.
     *
     * @param home site A's services
     * @param away path of the run that brought it to B
     * @param planAtB path of the plan of that run
     * @param hostOfB as it is linked to A
     * @param hostOfA as it is linked to B
     * @param folder for files
     */
    record Parts(
            RecordsApplication application,
            RecordsApplication.AtSite atB,
            Journey.SiteB siteB,
            HomeSite home,
            String away,
            String planAtB,
            LinkedAgent hostOfB,
            LinkedAgent hostOfA,
            Path folder) {}
}
