{#- Sums of squares and products about the means; the place of a close is counted from today. A sum
    of squares below its own rounding error is that of a flat window. -#}
{% macro rolling_centred() %}
    {%- set columns = [] -%}
    {%- for days in alpha158_windows() -%}
        {%- set d = '_' ~ days -%}
        {%- for x, count in [['c', 'closes'], ['l', 'volumes'], ['v', 'volumes'], ['m', 'moves'], ['r', 'ratio_pairs'], ['w', 'ratio_pairs']] -%}
            {%- set square = x ~ d ~ ' * ' ~ x ~ d ~ ' / nullif(' ~ count ~ d ~ ', 0)' -%}
            {%- set residue = '1e-14 * ' ~ x ~ x ~ d if x == 'c' else '0' -%}
            {%- do columns.append([
                'about_mean_' ~ x ~ d,
                'case when ' ~ x ~ x ~ d ~ ' - ' ~ square ~ ' > ' ~ residue ~ ' then ' ~ x ~ x ~ d ~ ' - ' ~ square ~ ' else 0 end'
                if x == 'c' else 'greatest(' ~ x ~ x ~ d ~ ' - ' ~ square ~ ', 0)',
            ]) -%}
        {%- endfor -%}
        {%- set full = 'closes' ~ d ~ ' = ' ~ days -%}
        {%- do columns.extend([
            [
                'place_mean' ~ d,
                'case when ' ~ full ~ ' then ' ~ (1 - days) / 2 ~ ' else (place' ~ d ~ ' - closes' ~ d ~ ' * day) / nullif(closes' ~ d ~ ', 0) end',
            ],
            [
                'about_mean_place' ~ d,
                'case when ' ~ full ~ ' then ' ~ days * (days * days - 1) / 12 ~ ' else (closes' ~ d
                ~ ' * cast(places' ~ d ~ ' >> 21 as double precision) - place' ~ d ~ ' * place' ~ d
                ~ ') / nullif(closes' ~ d ~ ', 0) end',
            ],
        ]) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}
