package io.holdfast.cli.failback;

/** The lines of the way, as people see them. In their order. */
public enum Line {
    ATTACH_AT_HOME("home", "attach the machines that run away, under their own ids"),
    SEED("home", "protection groups, paused; old disks imported and kept"),
    FOLLOW_AT_HOME("home", "send what differs, follow until PROTECTED"),
    MOVE("home", "MOVE: guests are shut down away, fenced, and start at home"),
    RELEASE("away", "release the run: its machines end, the volumes stay in the journal"),
    RETURN("away", "detach the VMs, return the protection groups"),
    FOLLOW_AWAY("away", "attach the machines of home, follow until PROTECTED");

    private final String site;
    private final String words;

    Line(String site, String words) {
        this.site = site;
        this.words = words;
    }

    /** Where it is done: home or away. */
    public String site() {
        return site;
    }

    public String words() {
        return words;
    }

    /** The goal that is reached behind it, or one behind that. */
    public Goal goal() {
        return switch (this) {
            case ATTACH_AT_HOME, SEED, FOLLOW_AT_HOME -> Goal.PREPARED;
            case MOVE -> Goal.HOME;
            case RELEASE, RETURN, FOLLOW_AWAY -> Goal.PROTECTED;
        };
    }
}
