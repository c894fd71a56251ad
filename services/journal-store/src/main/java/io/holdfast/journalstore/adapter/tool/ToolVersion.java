package io.holdfast.journalstore.adapter.tool;

import io.holdfast.journalstore.journal.Manifest;
import picocli.CommandLine.IVersionProvider;

final class ToolVersion implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"journal-tool, reads journal format version " + Manifest.FORMAT_VERSION};
    }
}
