{#- Sums of squares and products about the means; the place of a close is counted from today. A sum
    of squares within its own rounding error is that of a flat window; the closes are summed about a
    reference, and the ratios about one, which leaves no error to speak of. -#}
{% macro rolling_centred() %}
    {%- set columns = [] -%}
    {%- for days in alpha158_windows() -%}
        {%- set d = '_' ~ days -%}
        {%- for x, count in [['c', 'closes'], ['l', 'volumes'], ['v', 'volumes'], ['m', 'moves'], ['r', 'ratio_pairs'], ['w', 'ratio_pairs']] -%}
            {%- set square = x ~ d ~ ' * ' ~ x ~ d ~ ' / nullif(' ~ count ~ d ~ ', 0)' -%}
            {%- set about_mean = x ~ x ~ d ~ ' - ' ~ square -%}
            {%- do columns.append([
                'about_mean_' ~ x ~ d,
                'greatest(' ~ about_mean ~ ', 0)' if x in ['c', 'r']
                else 'case when ' ~ about_mean ~ ' > 1e-14 * ' ~ x ~ x ~ d ~ ' then ' ~ about_mean ~ ' else 0 end',
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
