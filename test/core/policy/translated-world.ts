import { parseSchema } from '../../../core/schema.ts'
import { SCHEMAS } from './world.ts'

// The schemas of the world with all their words in Chinese.

const PERSON_WORDS = {
  birthDate: '出生日期',
  region: '地区',
  disability: '残疾程度',
  householdSize: '家庭人数',
  student: '学生身份',
  veteran: '退伍军人身份',
  movedIn: '迁入日期',
  idNumber: '证件号码',
  photo: '照片',
}
const INCOME_WORDS = {
  annual: '年收入',
  pension: '养老金',
  assessed: '核定日期',
  idNumber: '纳税人识别号',
  employed: '就业状态',
}
const PER_CENT = { 'per cent': '%' }

const CHINESE: Readonly<Record<string, object>> = {
  'person/1': { title: '个人', attributes: PERSON_WORDS, units: PER_CENT },
  'partner/1': { title: '伴侣', attributes: PERSON_WORDS, units: PER_CENT },
  'income/1': { title: '收入', attributes: INCOME_WORDS, units: { 'GBP pence': '便士' } },
}

export const TRANSLATED = SCHEMAS.map((schema) =>
  parseSchema({ ...schema, translations: { 'zh-Hans': CHINESE[schema.id] } }),
)
