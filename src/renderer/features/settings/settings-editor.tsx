import { useState } from 'react';
import { useStore } from 'zustand';
import type { Settings } from '../../../shared/model/settings';
import { SelectField, TextField } from '../../ui/field';
import { Section } from '../../ui/section';
import { LoadingState } from '../../ui/states';
import { CommandButton } from '../../workbench/command-button';
import { useServices } from '../../workbench/use-services';
import { NumberSetting } from './number-setting';
import { saveSettings } from './save-settings';
import './settings.css';

const THEME_OPTIONS = [
  { value: 'system', label: 'As the system' },
  { value: 'dark', label: 'Dark' },
  { value: 'light', label: 'Light' },
  { value: 'hc-dark', label: 'High contrast dark' },
  { value: 'hc-light', label: 'High contrast light' },
];
const COLOURS = [
  { value: 'cividis', label: 'Cividis: blue to yellow, for every kind of colour vision' },
  { value: 'viridis', label: 'Viridis: violet to yellow' },
  { value: 'turbo', label: 'Turbo: much detail, not for every kind of colour vision' },
];
const RENDERERS = [
  { value: 'auto', label: 'Choose for me' },
  { value: 'webgl2', label: 'Graphics card (WebGL2)' },
  { value: 'canvas2d', label: 'Processor' },
];
const LAYOUTS = [
  { value: 'linear', label: 'Rows: from the start of the disk to its end' },
  { value: 'hilbert', label: 'Hilbert: what is near on the disk is near on the map' },
];
const FORMATS = [
  { value: 'qcow2', label: 'qcow2' },
  { value: 'vhd', label: 'VHD' },
  { value: 'raw', label: 'raw' },
];
const AFTER = [
  { value: 'purge', label: 'Keep only its change log' },
  { value: 'keep', label: 'Keep it with its data' },
  { value: 'remove', label: 'Remove it' },
];
const MIB = 1024 * 1024;
const checkRate = (mib: number): string | undefined =>
  Number.isFinite(mib) && mib >= 0 ? undefined : 'A number, 0 or above.';

export function SettingsEditor() {
  const services = useServices();
  const { loaded, settings } = useStore(services.settings);
  if (!loaded) return <LoadingState text="Reading the settings…" />;
  const save = (change: Partial<Settings>): void => void saveSettings(services, change);
  return (
    <div className="ds-page ds-settings">
      <h1>Settings</h1>
      <Section title="Appearance">
        <SelectField
          label="Colour theme"
          help="High contrast themes use borders instead of shades."
          options={THEME_OPTIONS}
          value={settings.theme}
          onChange={(event) => save({ theme: event.target.value as Settings['theme'] })}
        />
        <SelectField
          label="Colours of the heatmap"
          help="From few changed blocks in a cell to all of them."
          options={COLOURS}
          value={settings.heatmapColours}
          onChange={(event) => save({ heatmapColours: event.target.value as Settings['heatmapColours'] })}
        />
        <SelectField
          label="Layout of the heatmap"
          help="How a new map is laid out. Each map can be switched for itself."
          options={LAYOUTS}
          value={settings.heatmapLayout}
          onChange={(event) => save({ heatmapLayout: event.target.value as Settings['heatmapLayout'] })}
        />
        <SelectField
          label="Drawing of the heatmap"
          help="A graphics card draws it fastest; without one, or with a faulty driver, the processor does it better. Maps opened from now on follow."
          options={RENDERERS}
          value={settings.heatmapRenderer}
          onChange={(event) => save({ heatmapRenderer: event.target.value as Settings['heatmapRenderer'] })}
        />
      </Section>
      <Section title="Exports">
        <FolderSetting
          key={settings.defaultFolder}
          folder={settings.defaultFolder}
          onSave={(defaultFolder) => save({ defaultFolder })}
        />
        <SelectField
          label="Format"
          help="What a new export is written as, unless you choose another for it."
          options={FORMATS}
          value={settings.defaultFormat}
          onChange={(event) => save({ defaultFormat: event.target.value as Settings['defaultFormat'] })}
        />
        <SelectField
          label="The snapshot, once an export is done"
          help="A change log takes almost no space and lets the next export be an increment."
          options={AFTER}
          value={settings.afterExport}
          onChange={(event) => save({ afterExport: event.target.value as Settings['afterExport'] })}
        />
        <NumberSetting
          label="NBD connections per disk"
          help="1 to 16; 0 lets Deltascope choose. A host serves at most 16 connections in all, to everybody."
          value={settings.connectionsPerDisk}
          check={(value) =>
            Number.isInteger(value) && value >= 0 && value <= 16 ? undefined : 'A whole number from 0 to 16.'
          }
          onSave={(connectionsPerDisk) => save({ connectionsPerDisk })}
        />
        <NumberSetting
          label="Rate limit of a job in MiB/s"
          help="What a new export reads at most, unless you choose another limit for it; 0 is no limit. It can be changed while a job runs."
          value={settings.jobLimitBytesPerSecond / MIB}
          check={checkRate}
          onSave={(mib) => save({ jobLimitBytesPerSecond: Math.round(mib * MIB) })}
        />
        <NumberSetting
          label="Rate limit of all jobs together in MiB/s"
          help="Shared by the jobs that are running, at once and from now on; 0 is no limit."
          value={settings.limitBytesPerSecond / MIB}
          check={checkRate}
          onSave={(mib) => save({ limitBytesPerSecond: Math.round(mib * MIB) })}
        />
      </Section>
    </div>
  );
}

interface FolderSettingProps {
  readonly folder: string;
  readonly onSave: (folder: string) => void;
}

function FolderSetting({ folder, onSave }: FolderSettingProps) {
  const [text, setText] = useState(folder);
  return (
    <TextField
      label="Folder"
      help="Where a new export goes, unless you choose another for it. Empty asks each time."
      placeholder="ask each time"
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => text.trim() !== folder && onSave(text.trim())}
      after={<CommandButton command="settings.chooseFolder" title="Choose…" />}
    />
  );
}
