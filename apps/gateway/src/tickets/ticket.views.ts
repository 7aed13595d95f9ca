// A one-use ticket as REST clients see it.
import { ApiProperty } from '@nestjs/swagger';

export class TicketView {
  @ApiProperty({ description: 'Opens one WebSocket, once, in the place of a token.' })
  ticket!: string;
  @ApiProperty({ format: 'date-time' })
  expires_at!: string;
}
