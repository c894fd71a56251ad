package io.holdfast.recoveryplan.dns;

import org.junit.jupiter.api.DisplayName;

@DisplayName("In the memory of tests, messages about names")
class FakeDnsMessagesTest extends DnsMessagesContract {
    private final FakeDnsMessages messages = new FakeDnsMessages();

    @Override
    protected DnsMessages subject() {
        return messages;
    }
}
