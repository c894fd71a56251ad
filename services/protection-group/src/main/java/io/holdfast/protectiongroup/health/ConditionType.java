package io.holdfast.protectiongroup.health;

/** What the health of a group is made of (architecture, section 5). */
public enum ConditionType {
    RPO_MET("RpoMet"),
    HISTORY_MET("HistoryMet"),
    IN_SYNC("InSync"),
    AGENTS_CONNECTED("AgentsConnected"),
    TEST_RECENT("TestRecent"),
    JOURNAL_HEALTHY("JournalHealthy");

    private final String shown;

    ConditionType(String shown) {
        this.shown = shown;
    }

    /** The name in events, replies and metrics. */
    public String shown() {
        return shown;
    }
}
