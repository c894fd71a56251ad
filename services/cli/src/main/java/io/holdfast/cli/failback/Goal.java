package io.holdfast.cli.failback;

/** Where a call ends. In the order in which they are reached. */
public enum Goal {
    /** Home protects what runs away. */
    PREPARED("home protects what runs away; nobody was interrupted"),
    /** The VMs run at home for good; the other site has let go of nothing yet. */
    HOME("the VMs run at home; the other site has let go of nothing yet"),
    /** And they are protected at the other site again. */
    PROTECTED("the VMs run at home and are protected at the other site");

    private final String words;

    Goal(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }
}
