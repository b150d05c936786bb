{#- The series that compare a row with the row before, by name. `today`, `before`: the prefixes of
    the two rows' columns. A rule of three NULLs: a missing price or volume on either row, a volume
    of zero before. -#}
{% macro alpha158_changes(today='', before='previous_') %}
    {%- set close_ratio = today ~ 'close / ' ~ before ~ 'close' -%}
    {{- return({
        'close_ratio': close_ratio,
        'volume_ratio': 'ln(' ~ today ~ 'volume / nullif(' ~ before ~ 'volume, 0) + 1)',
        'close_change': today ~ 'close - ' ~ before ~ 'close',
        'volume_change': today ~ 'volume - ' ~ before ~ 'volume',
        'move': 'abs(' ~ close_ratio ~ ' - 1) * ' ~ today ~ 'volume',
    }) -}}
{% endmacro %}
