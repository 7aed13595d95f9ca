// What a look for orphans found, as it is shown.
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { SweepReport } from '#knowledge';

class OrphanView {
  @ApiProperty({ enum: ['file', 'record_without_file', 'record_without_original'] })
  kind!: string;
  @ApiProperty()
  profile!: string;
  @ApiProperty({ format: 'uuid' })
  uuid!: string;
  @ApiPropertyOptional()
  file_id?: string;
  @ApiPropertyOptional({ description: 'What was done about it.' })
  outcome?: string;
}

class UnaskedView {
  @ApiProperty()
  profile!: string;
  @ApiProperty()
  code!: string;
}

class OrphanedOriginalView {
  @ApiProperty({ description: 'In the object store, below `objects/`.' })
  name!: string;
  @ApiProperty()
  bytes!: number;
  @ApiProperty({ format: 'date-time' })
  stored_at!: string;
}

class OriginalsView {
  @ApiProperty()
  applied!: boolean;
  @ApiProperty({ description: 'Originals of vCons, files and recordings that were looked at.' })
  objects!: number;
  @ApiProperty({ description: 'That no record names, for an hour at least.' })
  orphans!: number;
  @ApiProperty()
  orphan_bytes!: number;
  @ApiProperty()
  removed!: number;
  @ApiProperty({ type: [OrphanedOriginalView], description: 'The first 100.' })
  found!: OrphanedOriginalView[];
}

export class SweepView {
  @ApiProperty()
  applied!: boolean;
  @ApiProperty({ type: [OrphanView] })
  orphans!: OrphanView[];
  @ApiProperty({ type: [UnaskedView], description: 'Accounts that could not be asked.' })
  failed!: UnaskedView[];
  @ApiProperty()
  files!: number;
  @ApiProperty()
  records!: number;
  @ApiProperty({ type: OriginalsView })
  originals!: OriginalsView;
}

export const toSweepView = ({ originals, ...report }: SweepReport): SweepView => ({
  ...report,
  originals: {
    ...originals,
    found: originals.found.map(({ place, hash, bytes, stored_at }) => ({
      name: `${place}/${hash}`,
      bytes,
      stored_at: new Date(stored_at).toISOString(),
    })),
  },
});
